"""What every Python part of the registry shares and what users import."""
