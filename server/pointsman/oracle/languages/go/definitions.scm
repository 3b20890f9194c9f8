(function_declaration name: (identifier) @name body: (block) @body) @function
(function_declaration name: (identifier) @name) @function
(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @within
        (generic_type type: (type_identifier) @within)
        (pointer_type [
          (type_identifier) @within
          (generic_type type: (type_identifier) @within)
        ])
      ]))
  name: (field_identifier) @name
  body: (block) @body) @function

(type_spec name: (type_identifier) @name type: (struct_type) @body) @class
(type_spec name: (type_identifier) @name type: (interface_type) @body) @class
(type_spec name: (type_identifier) @name) @type
(type_alias name: (type_identifier) @name) @type
(type_declaration [(type_spec name: (_) @name) (type_alias name: (_) @name)]) @around
(interface_type (method_elem name: (field_identifier) @name) @function)

(source_file (const_declaration (const_spec name: (identifier) @name) @variable))
(source_file (const_declaration (const_spec name: (identifier) @name)) @around)
(source_file (var_declaration (var_spec name: (identifier) @name) @variable))
(source_file (var_declaration (var_spec name: (identifier) @name)) @around)
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @variable)))

[(type_declaration "(") (const_declaration "(")] @shared

(import_declaration) @imports
