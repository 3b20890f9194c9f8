(inline) @text
(code_fence_content) @block
(indented_code_block) @block
