(function_item name: (identifier) @name body: (block) @body) @function
(function_signature_item name: (identifier) @name) @function
(struct_item name: (type_identifier) @name body: (_) @body) @class
(struct_item name: (type_identifier) @name) @class
(union_item name: (type_identifier) @name body: (_) @body) @class
(enum_item name: (type_identifier) @name body: (_) @body) @class
(trait_item name: (type_identifier) @name body: (_) @body) @class
(mod_item name: (identifier) @name body: (_) @body) @namespace
(macro_definition name: (identifier) @name) @function
(type_item name: (type_identifier) @name) @type
(associated_type name: (type_identifier) @name) @type

(impl_item
  !trait
  "impl" @name
  type: [
    (type_identifier) @within
    (generic_type type: (type_identifier) @within)
    (scoped_type_identifier name: (type_identifier) @within)
  ]
  body: (_) @body) @block
(impl_item
  trait: (_) @name
  type: [
    (type_identifier) @within
    (generic_type type: (type_identifier) @within)
    (scoped_type_identifier name: (type_identifier) @within)
  ]
  body: (_) @body) @block

(source_file [(const_item name: (identifier) @name) (static_item name: (identifier) @name)] @variable)
(declaration_list
  [(const_item name: (identifier) @name) (static_item name: (identifier) @name)] @variable)

(attribute_item) @attached
(use_declaration) @imports
