using System.Globalization;
using System.Text;
using Akka.Configuration;
using Sluice.Cluster.Nodes;
using Sluice.Cluster.Wire;

namespace Sluice.Cluster.Joining;

/// <summary>What a node's settings mean to the engine. Stands before the engine's own settings in akka.hocon.</summary>
internal static class ClusterConfiguration
{
    /// <summary>Makes it.</summary>
    public static Config Build(ClusterOptions options, IReadOnlyList<string> roles)
    {
        var bindings = new StringBuilder();
        foreach (var type in WireSerializer.Types)
        {
            bindings.Append(CultureInfo.InvariantCulture, $"      \"{Name(type)}\" = sluice\n");
        }

        var drain = options.DrainTimeout.TotalSeconds;
        return ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
            akka {
              actor {
                provider = cluster
                serializers {
                  sluice = "{{Name(typeof(WireSerializer))}}"
                  json = "{{Name(typeof(RefusingJson))}}"
                  daemon-create = "{{Name(typeof(RefusingDeployment))}}"
                }
                serialization-bindings {
            {{bindings}}
                  "System.Object" = json
                }
                serialization-identifiers {
                  "{{Name(typeof(WireSerializer))}}" = 5301
                  "{{Name(typeof(RefusingJson))}}" = 1
                  "{{Name(typeof(RefusingDeployment))}}" = 3
                }
              }
              remote.dot-netty.tcp {
                hostname = "{{(options.BindHost.Length > 0 ? options.BindHost : options.Host)}}"
                public-hostname = "{{options.Host}}"
                port = {{options.Port}}
                enable-ssl = {{(options.Tls.Certificate.Length > 0 ? "on" : "off")}}
              }
              cluster {
                roles = [{{string.Join(", ", roles.Append(NodeRoles.OfProtocol(WireFormat.Version)).Select(static role => $"\"{role}\""))}}]
                seed-nodes = []
                sharding.state-store-mode = ddata
                sharding.role = "{{NodeRoles.Parse}}"
              }
              coordinated-shutdown.phases {
                service-requests-done.timeout = {{drain + 5}}s
                cluster-sharding-shutdown-region.timeout = {{drain + 10}}s
              }
            }
            """));
    }

    private static string Name(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
