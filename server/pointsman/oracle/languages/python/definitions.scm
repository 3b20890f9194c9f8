; What Python defines, and what is layout, comment or string in it.

(function_definition) @function
(class_definition) @class

(module (expression_statement (assignment left: (identifier))) @variable)
(module (type_alias_statement left: (type (identifier))) @type)

(module (import_statement) @import)
(module (import_from_statement) @import)
(module (future_import_statement) @import)

(block) @block
(string) @string
(comment) @comment

; Parentheses that group what is a whole already: formatters put them there and take them away.
(return_statement [(parenthesized_expression) (tuple (_))] @group)
(assignment right: [(parenthesized_expression) (tuple (_))] @group)
(augmented_assignment right: (parenthesized_expression) @group)
(expression_statement (parenthesized_expression) @group)
(if_statement condition: (parenthesized_expression) @group)
(elif_clause condition: (parenthesized_expression) @group)
(while_statement condition: (parenthesized_expression) @group)
(for_statement right: (parenthesized_expression) @group)
(assert_statement (parenthesized_expression) @group)
(argument_list (parenthesized_expression) @group)
(keyword_argument value: (parenthesized_expression) @group)
(default_parameter value: (parenthesized_expression) @group)
(pair value: (parenthesized_expression) @group)
(list (parenthesized_expression) @group)
(parenthesized_expression (parenthesized_expression) @group)

(ERROR) @unknown
(MISSING) @unknown
