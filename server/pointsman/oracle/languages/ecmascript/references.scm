(identifier) @name
(shorthand_property_identifier) @name
(this) @self
(member_expression property: (_) @member)

(call_expression function: (_) @called arguments: (arguments) @arguments)
(new_expression constructor: (_) @called arguments: (arguments) @arguments)

(variable_declarator name: (identifier) @bound)
(shorthand_property_identifier_pattern) @bound
(array_pattern (identifier) @bound)
(for_in_statement left: (identifier) @bound)
(catch_clause parameter: (identifier) @bound)
(arrow_function parameter: (identifier) @bound)

(import_statement (import_clause (identifier) @alias) source: (string) @module)
(import_statement (import_clause (namespace_import (identifier) @alias)) source: (string) @module)
(import_statement
  (import_clause (named_imports (import_specifier name: (_) @imported)))
  source: (string) @module)
(import_statement
  (import_clause (named_imports (import_specifier name: (_) @imported alias: (_) @alias)))
  source: (string) @module)
(export_statement "*" @all source: (string) @module)
(export_statement
  (export_clause (export_specifier name: (_) @imported))
  source: (string) @module)
(export_statement
  (export_clause (export_specifier name: (_) @imported alias: (_) @alias))
  source: (string) @module)
