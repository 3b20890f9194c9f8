(identifier) @name
(type_identifier) @name
(this) @self
(field_access field: (identifier) @member)
(method_invocation object: (_) name: (identifier) @member)
(scoped_type_identifier "." (type_identifier) @member)
(scoped_identifier name: (identifier) @member)
(method_reference (_) "::" (identifier) @member)

(method_invocation name: (identifier) @called arguments: (argument_list) @arguments)
(object_creation_expression type: (type_identifier) @called arguments: (argument_list) @arguments)
(object_creation_expression
  type: (generic_type (type_identifier) @called)
  arguments: (argument_list) @arguments)

(formal_parameter name: (identifier) @bound)
(catch_formal_parameter name: (identifier) @bound)
(spread_parameter (variable_declarator name: (identifier) @bound))
(local_variable_declaration declarator: (variable_declarator name: (identifier) @bound))
(enhanced_for_statement name: (identifier) @bound)
(resource name: (identifier) @bound)
(lambda_expression parameters: (identifier) @bound)
(inferred_parameters (identifier) @bound)
(type_parameter (type_identifier) @bound)

(superclass (_) @base)
(super_interfaces (type_list (_) @base))
(extends_interfaces (type_list (_) @base))

(import_declaration (scoped_identifier scope: (_) @module name: (identifier) @imported) .)
(import_declaration (_) @module (asterisk) @all)
