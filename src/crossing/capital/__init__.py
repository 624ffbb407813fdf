"""What only the nation sees: search over all posts, timelines, enrolment."""
