(identifier) @name
(type_identifier) @name
(self) @self
((type_identifier) @self (#eq? @self "Self"))
(field_expression field: (field_identifier) @member)
(scoped_identifier path: (_) name: (identifier) @member)
(scoped_type_identifier path: (_) name: (type_identifier) @member)

(call_expression
  function: [(identifier) (field_expression) (scoped_identifier)] @called
  arguments: (arguments) @arguments)
(call_expression
  function: (generic_function function: (_) @called)
  arguments: (arguments) @arguments)
(macro_invocation macro: (_) @called (token_tree) @arguments)

(parameter pattern: (identifier) @bound)
(parameter pattern: (mut_pattern (identifier) @bound))
(closure_parameters (identifier) @bound)
(let_declaration pattern: (identifier) @bound)
(let_declaration pattern: (tuple_pattern (identifier) @bound))
(for_expression pattern: (identifier) @bound)
(for_expression pattern: (tuple_pattern (identifier) @bound))
(type_parameter name: (type_identifier) @bound)

(trait_bounds (_) @base)

(use_declaration argument: (identifier) @module)
(use_declaration argument: (scoped_identifier path: (_) @module name: (_) @imported))
(use_declaration
  argument: (use_as_clause
    path: (scoped_identifier path: (_) @module name: (_) @imported)
    alias: (identifier) @alias))
(use_declaration argument: (scoped_use_list path: (_) @module list: (use_list (identifier) @imported)))
(use_declaration
  argument: (scoped_use_list
    path: (_) @module
    list: (use_list (use_as_clause path: (identifier) @imported alias: (identifier) @alias))))
(use_declaration argument: (use_wildcard (_) @module) @all)
