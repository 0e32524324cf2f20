using Akka.Actor;
using Akka.Serialization;

namespace Sluice.Cluster.Wire;

/// <summary>References to actors as they travel: their full paths.</summary>
internal sealed class ActorPaths(ExtendedActorSystem system)
{
    public static string Write(IActorRef actor) => actor.IsNobody() ? "" : Serialization.SerializedActorPath(actor);

    public IActorRef Read(string path) => path.Length == 0 ? ActorRefs.Nobody : system.Provider.ResolveActorRef(path);
}
