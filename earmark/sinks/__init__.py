"""Where committed messages are published to: files, queues and addresses, as the settings say."""
