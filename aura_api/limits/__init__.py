"""What protects the server from load: questions at a time, connections and bodies."""
