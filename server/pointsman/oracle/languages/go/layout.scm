(comment) @comment
[(interpreted_string_literal) (raw_string_literal) (rune_literal)] @verbatim
(_statement) @end
[(field_declaration) (method_elem) (const_spec) (var_spec) (type_spec)] @end
