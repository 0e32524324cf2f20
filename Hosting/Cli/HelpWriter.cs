using System.CommandLine;
using Sluice.Hosting.Cli.Text;

namespace Sluice.Hosting.Cli;

/// <summary>Writes help, as wide as the terminal.</summary>
internal static class HelpWriter
{
    /// <summary>Writes the help of a command.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="command">The command.</param>
    /// <param name="root">The root command.</param>
    /// <param name="width">Characters in a line.</param>
    public static void Write(TextWriter writer, Command command, RootCommand root, int width)
    {
        width = Math.Clamp(width, 40, 120);
        foreach (var line in TextLayout.Wrap(command.Description ?? "", width))
        {
            writer.WriteLine(line);
        }

        writer.WriteLine();
        writer.WriteLine("Usage:");
        writer.WriteLine($"  {Usage(command)}");
        WriteRows(writer, command == root ? "Verbs:" : "Below it:", [.. command.Subcommands.Select(static sub => (sub.Name, sub.Description ?? ""))], width);
        WriteRows(writer, "Arguments:", [.. command.Arguments.Select(static argument => (Label(argument), argument.Description ?? ""))], width);
        WriteRows(writer, "Options:", [.. OptionsOf(command, root).Select(static option => (Label(option), option.Description ?? ""))], width);
        var examples = command is Verb verb ? verb.Examples : command == root ? RootExamples : [];
        WriteRows(writer, "Examples:", examples, width, stacked: true);
        if (command == root || command is Verbs.IngestVerb)
        {
            WriteRows(writer, "Exit codes:", ExitCodes.Meanings, width);
        }

        if (command == root)
        {
            writer.WriteLine();
            writer.WriteLine("`sluice VERB --help` says more of each. Settings: akka.hocon, or SLUICE_… variables.");
        }
    }

    /// <summary>Writes what a person sees who types nothing but the name.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="root">The root command.</param>
    /// <param name="width">Characters in a line.</param>
    public static void WriteShort(TextWriter writer, RootCommand root, int width)
    {
        writer.WriteLine("sluice makes a folder of documents searchable by meaning.");
        WriteRows(writer, "Try:", RootExamples, Math.Clamp(width, 40, 120), stacked: true);
        writer.WriteLine();
        writer.WriteLine($"Verbs: {string.Join(", ", root.Subcommands.Select(static sub => sub.Name))}. `sluice --help` says more.");
    }

    /// <summary>A command's name with those above it.</summary>
    /// <param name="command">The command.</param>
    /// <returns><c>sluice dead list</c>.</returns>
    public static string FullName(Command command)
    {
        var parents = command.Parents.OfType<Command>().FirstOrDefault();
        return parents is null ? "sluice" : $"{FullName(parents)} {command.Name}";
    }

    private static IReadOnlyList<(string, string)> RootExamples { get; } =
    [
        ("sluice ingest docs", "reads the folder docs into ./sluice.db"),
        ("sluice search \"how is memory kept flat\"", "answers from it"),
    ];

    private static IEnumerable<Option> OptionsOf(Command command, RootCommand root) =>
        command.Options.Concat(root.Options.Where(option => option.Recursive)).Distinct().Where(static option => !option.Hidden);

    private static string Usage(Command command)
    {
        var arguments = command.Arguments.Select(static argument => argument.Arity.MinimumNumberOfValues > 0 ? Label(argument) : $"[{Label(argument)}]");
        var verb = command.Subcommands.Count > 0 ? " VERB" : "";
        return $"{FullName(command)}{verb} {string.Join(' ', arguments.Append("[options]"))}";
    }

    private static string Label(Argument argument) => (argument.HelpName ?? argument.Name) + (argument.Arity.MaximumNumberOfValues > 1 ? "…" : "");

    private static string Label(Option option)
    {
        var names = string.Join(", ", option.Aliases.Where(static alias => alias != "-?").OrderBy(static alias => alias.Length).Append(option.Name).Distinct(StringComparer.Ordinal));
        return option.HelpName is null ? names : $"{names} {option.HelpName}";
    }

    private static void WriteRows(TextWriter writer, string title, IReadOnlyList<(string Left, string Right)> rows, int width, bool stacked = false)
    {
        if (rows.Count == 0)
        {
            return;
        }

        writer.WriteLine();
        writer.WriteLine(title);
        var left = Math.Min(rows.Max(static row => row.Left.Length), stacked ? width : 26);
        foreach (var (name, text) in rows)
        {
            var fits = name.Length <= left && width - left - 4 >= 30;
            if (!fits)
            {
                writer.WriteLine($"  {name}");
            }

            var indent = width - left - 4 >= 30 ? left + 4 : 6;
            var first = true;
            foreach (var line in TextLayout.Wrap(text, Math.Max(20, width - indent)))
            {
                var lead = first && fits ? $"  {name}".PadRight(indent) : new string(' ', indent);
                writer.WriteLine(lead + line);
                first = false;
            }
        }
    }
}
