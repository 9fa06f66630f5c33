"""What the robot has promised customers, and the budgets that it may promise from."""
