; What JavaScript and TypeScript have in common; each has a folder with what is its own.

(function_declaration name: (identifier) @name body: (_) @body) @function
(generator_function_declaration name: (identifier) @name body: (_) @body) @function
(method_definition name: (_) @name body: (_) @body) @function
(class_declaration name: (_) @name body: (_) @body) @class

(variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @class
(pair
  key: (property_identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function
(expression_statement
  (assignment_expression
    left: (member_expression property: (property_identifier) @name)
    right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function

(program
  [(lexical_declaration (variable_declarator name: (identifier) @name) @variable)
   (variable_declaration (variable_declarator name: (identifier) @name) @variable)])
(program
  (export_statement
    declaration: [
      (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
      (variable_declaration (variable_declarator name: (identifier) @name) @variable)]))

(export_statement "default" @name value: (function_expression body: (_) @body)) @function
(export_statement "default" @name value: (arrow_function body: (_) @body)) @function
(export_statement "default" @name value: (class body: (_) @body)) @class
(export_statement "default" @name value: (_)) @variable

(lexical_declaration (variable_declarator name: (identifier) @name)) @around
(variable_declaration (variable_declarator name: (identifier) @name)) @around
(export_statement
  declaration: [
    (lexical_declaration (variable_declarator name: (identifier) @name))
    (variable_declaration (variable_declarator name: (identifier) @name))]) @around
(export_statement declaration: (_ name: (_) @name)) @around

(import_statement) @imports
