using System.CommandLine;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice models</c>: the models there are.</summary>
internal sealed class ModelsVerb : Command
{
    public ModelsVerb()
        : base("models", "Models: those in the cache, and what is known of one.")
    {
        Add(new ModelsListVerb());
        Add(new ModelsInspectVerb());
    }
}
