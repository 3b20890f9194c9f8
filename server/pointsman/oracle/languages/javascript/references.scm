(formal_parameters (identifier) @bound)
(formal_parameters (assignment_pattern left: (identifier) @bound))
(formal_parameters (rest_pattern (identifier) @bound))
(class_heritage (_) @base)
