"""How much a file may hold (decision 0049). Whatever passes one of these is refused before it costs time or memory."""

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_LINES = 500_000
MAX_QUESTIONS = 10_000
MAX_QUESTION_CHARACTERS = 200_000  # of one question in a text file, with its answers
MAX_TEXT_CHARACTERS = 20_000  # of one text: a question, an answer, a feedback
MAX_TEXT_DEPTH = 24  # elements of one text within elements
MAX_ANSWERS = 500
MAX_DIGITS = 20  # of a number; and its exponent, either way
MAX_REMARKS = 1_000  # listed; what follows is counted

MAX_DEPTH = 64  # elements within elements
MAX_NODES = 200_000
MAX_ATTRIBUTES = 64

MAX_PACKAGE_BYTES = 50 * 1024 * 1024
MAX_PACKAGE_FILES = 5_000
MAX_UNPACKED_BYTES = 50 * 1024 * 1024  # of the XML files together
MAX_COMPRESSION = 200  # bytes unpacked for one packed
