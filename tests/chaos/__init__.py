"""What holds when processes race each other or die."""
