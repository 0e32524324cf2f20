using System.CommandLine;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job</c>: the jobs of a cluster.</summary>
internal sealed class JobVerb : Command
{
    public JobVerb()
        : base("job", "Jobs of a cluster: submitted, watched and controlled through its ledger, from any machine that reaches it.")
    {
        Add(new JobSubmitVerb());
        Add(new JobListVerb());
        Add(new JobShowVerb());
        Add(new JobWishVerb("pause", "Lets a job stand still; what it has done stays done.", JobWish.Pause));
        Add(new JobWishVerb("resume", "Lets a job that is paused, that failed, or that waits for its source go on from where it stands; a source that is another one by now is listed from its beginning.", JobWish.Run));
        Add(new JobWishVerb("cancel", "Ends a job without the rest; what it has indexed stays.", JobWish.Cancel));
        Add(new JobWeighVerb());
        Add(new JobDeadVerb());
        Add(new JobReplayVerb());
    }
}
