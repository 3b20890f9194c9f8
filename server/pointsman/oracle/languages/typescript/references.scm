(type_identifier) @name
(nested_type_identifier name: (type_identifier) @member)
(formal_parameters (required_parameter pattern: (identifier) @bound))
(formal_parameters (required_parameter pattern: (rest_pattern (identifier) @bound)))
(formal_parameters (optional_parameter pattern: (identifier) @bound))
(type_parameter name: (type_identifier) @bound)
(class_heritage (extends_clause value: (_) @base))
(class_heritage (implements_clause (type_identifier) @base))
(extends_type_clause type: (type_identifier) @base)
