using Akka.Actor;
using Akka.Serialization;

namespace Sluice.Cluster.Wire;

/// <summary>
/// Stands where the engine has serializers that make types from names on the wire (JSON, remote deployment): whatever no other serializer is bound to is refused, in both directions, so that no type is made from a
/// name that came over the network.
/// </summary>
/// <param name="system">The system it works for.</param>
public abstract class RefusingSerializer(ExtendedActorSystem system) : Serializer(system)
{
    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => throw new NotSupportedException($"{obj?.GetType()} is not on the list of messages that travel between nodes.");

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type) => throw new NotSupportedException("A message that is not on the list of those that travel between nodes was refused.");
}

/// <summary>In the place of the reflective JSON serializer.</summary>
public sealed class RefusingJson : RefusingSerializer
{
    /// <summary>Made by the engine.</summary>
    /// <param name="system">The system it works for.</param>
    /// <param name="settings">Settings of the serializer it stands in for; not used.</param>
    public RefusingJson(ExtendedActorSystem system, Akka.Configuration.Config settings)
        : base(system) => _ = settings;

    /// <inheritdoc/>
    public override int Identifier => 1;
}

/// <summary>In the place of remote deployment's.</summary>
/// <param name="system">The system it works for.</param>
public sealed class RefusingDeployment(ExtendedActorSystem system) : RefusingSerializer(system)
{
    /// <inheritdoc/>
    public override int Identifier => 3;
}
