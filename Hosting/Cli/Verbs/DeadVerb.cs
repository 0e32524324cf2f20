using System.CommandLine;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice dead</c>: the documents that failed.</summary>
internal sealed class DeadVerb : Command
{
    public DeadVerb()
        : base("dead", "Dead letters: documents and pieces that could not be indexed, with the reason.")
    {
        Add(new DeadListVerb());
        Add(new DeadShowVerb());
        Add(new DeadReplayVerb());
        Add(new DeadDropVerb());
    }
}
