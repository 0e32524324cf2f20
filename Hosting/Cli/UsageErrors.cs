using System.CommandLine;
using System.CommandLine.Parsing;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli;

/// <summary>Finds what is wrong with a command line, and what was probably meant.</summary>
internal static class UsageErrors
{
    /// <summary>The first mistake.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <param name="root">The root command.</param>
    /// <returns>Words, or null when nothing is wrong.</returns>
    public static string? Find(ParseResult line, RootCommand root)
    {
        var command = line.CommandResult.Command;
        if (UnknownOption(line) is { } option)
        {
            return option;
        }

        if (line.UnmatchedTokens.Count > 0)
        {
            var token = line.UnmatchedTokens[0];
            var isGroup = command.Subcommands.Count > 0;
            return isGroup
                ? $"there is no verb '{token}'{(command == root ? "" : $" below {command.Name}")}{Suggestions.DidYouMean(Suggestions.Nearest(token, command.Subcommands.Select(static sub => sub.Name)))}"
                : $"{command.Name} takes no further argument: '{token}'. Put text of several words in quotes";
        }

        if (command is not Verb)
        {
            return $"{HelpWriter.FullName(command)} needs one of: {string.Join(", ", command.Subcommands.Select(static sub => sub.Name))}";
        }

        return line.Errors.Count > 0 ? Reword(line, line.Errors[0]) : null;
    }

    /// <summary>A word that begins with a dash and is no option would be taken for an argument by the parser.</summary>
    private static string? UnknownOption(ParseResult line)
    {
        var endOfOptions = false;
        var arguments = line.CommandResult.Children.OfType<ArgumentResult>().SelectMany(static result => result.Tokens).ToList();
        foreach (var token in line.Tokens)
        {
            endOfOptions |= token.Type == TokenType.DoubleDash;
            var isStray = token.Value.Length > 1 && token.Value[0] == '-' && (arguments.Contains(token) || line.UnmatchedTokens.Contains(token.Value, StringComparer.Ordinal));
            if (isStray && !endOfOptions)
            {
                var name = token.Value.Split('=', ':')[0];
                var known = OptionsOf(line.CommandResult).SelectMany(static option => option.Aliases.Append(option.Name));
                var meant = Suggestions.Nearest(name, known);
                var advice = meant is null && arguments.Contains(token) ? ". Put -- in front of an argument that begins with a dash" : Suggestions.DidYouMean(meant);
                return $"{HelpWriter.FullName(line.CommandResult.Command)} has no option {name}{advice}";
            }
        }

        return null;
    }

    private static IEnumerable<Option> OptionsOf(CommandResult? result)
    {
        for (var own = true; result is not null; result = result.Parent as CommandResult, own = false)
        {
            foreach (var option in result.Command.Options.Where(option => own || option.Recursive))
            {
                yield return option;
            }
        }
    }

    private static string Reword(ParseResult line, ParseError error)
    {
        switch (error.SymbolResult)
        {
            case ArgumentResult { Tokens.Count: 0, Argument: var argument } when argument.Arity.MinimumNumberOfValues > 0 && error.SymbolResult.Parent is CommandResult:
                return $"{line.CommandResult.Command.Name} needs {argument.HelpName ?? argument.Name}";
            case OptionResult { Option: var option } result when result.Tokens.Count == 0:
                return $"{option.Name} needs a value: {option.Name} {option.HelpName}";
            case OptionResult { Option: var option } result when result.Tokens.Count > option.Arity.MaximumNumberOfValues:
                return $"{option.Name} may be given once";
            default:
                return error.Message.TrimEnd('.');
        }
    }
}
