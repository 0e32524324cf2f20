using Akka.Actor;
using Microsoft.Extensions.Logging;

namespace Sluice.Cluster.Exchanges;

/// <summary>What a taker takes, and from where.</summary>
/// <param name="Job">The job.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Node">The other node.</param>
/// <param name="RefusedPause">Milliseconds before asking again a node that does not run the job (yet).</param>
/// <param name="Logger">Log.</param>
internal sealed record TakerSettings(long Job, Stage Stage, Address Node, int RefusedPause, ILogger Logger);
