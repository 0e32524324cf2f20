using Sluice.Hosting.Cli;
using Sluice.Hosting.Composition;

namespace Sluice.Hosting.Tests.Cli;

/// <summary>Runs the program in this process, with its streams captured.</summary>
internal sealed class CliRun : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    public Dictionary<string, string> Environment { get; } = [];

    public ISluiceRooms? Rooms { get; set; }

    public bool IsTerminal { get; set; }

    public string Answers { get; set; } = "";

    public int Width { get; set; } = 100;

    public CancellationToken Stop { get; set; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Takes the place of the captured standard output.</summary>
    public TextWriter? Output { get; set; }

    public string Out { get; private set; } = "";

    public string Error { get; private set; } = "";

    public string DatabaseFile => Path.Combine(Folder.Path, "sluice.db");

    public async Task<int> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var input = new StringReader(Answers);
        var host = new CliHost
        {
            Out = Output ?? output,
            Error = error,
            In = input,
            OutIsTerminal = IsTerminal,
            ErrorIsTerminal = IsTerminal,
            InIsTerminal = IsTerminal,
            UseColor = IsTerminal && !Environment.ContainsKey("NO_COLOR"),
            Width = Width,
            WorkingDirectory = Folder.Path,
            Environment = Environment,
            DefaultsFile = Repository.PathTo("akka.hocon"),
            Rooms = (_, _, _) => Rooms ?? throw new InvalidOperationException("This command line should need no rooms."),
            Stop = Stop,
            TimeProvider = Time,
        };
        var code = await SluiceProgram.RunAsync(args, host);
        Out = output.ToString();
        Error = error.ToString();
        return code;
    }

    public void Dispose() => Folder.Dispose();
}
