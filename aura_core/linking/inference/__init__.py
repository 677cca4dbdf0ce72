"""What an expression may stand for: names, members, calls, containers and dataflow."""
