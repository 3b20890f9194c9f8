(comment) @comment
(string) @string
(template_string (string_fragment) @verbatim)
(regex) @verbatim

(statement) @end

(return_statement (parenthesized_expression) @group)
(variable_declarator value: (parenthesized_expression) @group)
(assignment_expression right: (parenthesized_expression) @group)
(arrow_function body: (parenthesized_expression) @group)
