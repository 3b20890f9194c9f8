(field_definition) @end
(arrow_function parameters: (formal_parameters . (identifier) .) @group)
