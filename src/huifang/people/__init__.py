"""Staff, roles, audit and the encryption of fields."""
