(comment) @comment
(string) @verbatim
