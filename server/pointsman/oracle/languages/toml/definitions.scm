(pair . [(bare_key) (quoted_key)] @name) @key
(pair . (dotted_key) @name @dotted) @key
(table . [(bare_key) (quoted_key)] @name) @key
(table . (dotted_key) @name @dotted) @key
(table_array_element . [(bare_key) (quoted_key)] @name) @key
(table_array_element . (dotted_key) @name @dotted) @key
