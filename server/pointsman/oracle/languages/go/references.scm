(identifier) @name
(type_identifier) @name
(package_identifier) @name
(selector_expression field: (field_identifier) @member)
(qualified_type name: (type_identifier) @member)

(call_expression function: (_) @called arguments: (argument_list) @arguments)

(parameter_declaration name: (identifier) @bound)
(variadic_parameter_declaration name: (identifier) @bound)
(type_parameter_declaration name: (identifier) @bound)
(short_var_declaration left: (expression_list (identifier) @bound))
(range_clause left: (expression_list (identifier) @bound))
(block (statement_list (var_declaration (var_spec name: (identifier) @bound))))
(block (statement_list (const_declaration (const_spec name: (identifier) @bound))))

(struct_type (field_declaration_list (field_declaration !name type: (_) @base)))

(import_spec !name path: (_) @module)
(import_spec name: (package_identifier) @alias path: (_) @module)
(import_spec name: (dot) @all path: (_) @module)
