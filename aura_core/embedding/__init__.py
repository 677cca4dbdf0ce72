"""Words, and a static model that turns them into vectors."""
