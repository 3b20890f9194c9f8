(abstract_class_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(internal_module name: (_) @name body: (_) @body) @namespace
(module name: (_) @name body: (_) @body) @namespace
(type_alias_declaration name: (_) @name) @type
(function_signature name: (_) @name) @function
(method_signature name: (_) @name) @function
(abstract_method_signature name: (_) @name) @function
(public_field_definition
  name: (_) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function

(ambient_declaration (_ name: (_) @name)) @around
(ambient_declaration
  [(lexical_declaration (variable_declarator name: (identifier) @name) @variable)
   (variable_declaration (variable_declarator name: (identifier) @name) @variable)])
(export_statement (ambient_declaration (_ name: (_) @name))) @around
(expression_statement (internal_module name: (_) @name)) @around

(class_body (decorator) @attached)

(internal_module
  body: (statement_block
    [(lexical_declaration (variable_declarator name: (identifier) @name) @variable)
     (export_statement
       declaration: (lexical_declaration (variable_declarator name: (identifier) @name) @variable))]))
