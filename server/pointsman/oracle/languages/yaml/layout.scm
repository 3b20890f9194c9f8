(comment) @comment
[(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @text
(block_scalar) @block
(block_sequence_item) @end
