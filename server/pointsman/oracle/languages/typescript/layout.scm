[(public_field_definition) (property_signature) (method_signature) (abstract_method_signature)] @end
(arrow_function
  parameters: (formal_parameters . (required_parameter !type !value pattern: (identifier)) .) @group)
