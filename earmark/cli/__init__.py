"""The command line. Each module declares commands; what a command needs is imported when it runs."""
