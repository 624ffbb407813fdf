"""The pages: server-rendered, in French, English and Arabic."""
