namespace Sluice.Hosting.Cli;

/// <summary>What the program returns. Stable: scripts rely on it.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>It failed: storage, the network, something unexpected; or <c>verify</c> or <c>doctor</c> found something wrong.</summary>
    public const int Failure = 1;

    /// <summary>An argument, an option, a setting or a model is wrong, or consent is missing, to removing a large share of a source too.</summary>
    public const int Usage = 2;

    /// <summary>Done, and some documents are dead letters.</summary>
    public const int DeadLetters = 3;

    /// <summary>Stopped by a signal.</summary>
    public const int Interrupted = 130;

    /// <summary>What they mean, for help.</summary>
    public static IReadOnlyList<(string Code, string Meaning)> Meanings { get; } =
    [
        ("0", "done; ingest: every document is indexed, unchanged or skipped with a reason"),
        ("1", "it failed: storage, network, something unexpected; verify, doctor: something is wrong"),
        ("2", "wrong arguments, options, settings or model, or consent is missing (--yes; --prune where more of a source is gone than may go without it)"),
        ("3", "ingest: done, and some documents are dead letters (see `sluice dead list`)"),
        ("130", "stopped by Ctrl-C or SIGTERM; the next run goes on from there"),
    ];
}
