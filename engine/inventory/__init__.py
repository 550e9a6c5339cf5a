"""Stock, reservation and availability, per product and store, and the topology they live in."""
