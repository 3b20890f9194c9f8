(comment) @comment
[(string) (quoted_key)] @verbatim
