"""What Kept does about what is true; it knows the world only through its ports."""
