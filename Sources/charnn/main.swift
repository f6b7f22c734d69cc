import CharnnCommands
import RecurrentLM

exit(runCharnn(Array(CommandLine.arguments.dropFirst())))
