using Akka.Actor;
using Akka.Configuration;

namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>An actor system on a simulated clock. Serves one sequence after the other; one in which something hung is thrown away.</summary>
internal sealed class Machine : IDisposable
{
    public Machine()
    {
        SimulatedScheduler.Clock = Time;
        System = ActorSystem.Create("simulation", ConfigurationFactory.ParseString(
            $$"""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              log-dead-letters = off
              coordinated-shutdown.run-by-clr-shutdown-hook = off
              coordinated-shutdown.run-by-actor-system-terminate = off
              scheduler.implementation = "{{typeof(SimulatedScheduler).FullName}}, {{typeof(SimulatedScheduler).Assembly.GetName().Name}}"
              actor.default-dispatcher.executor = "thread-pool-executor"
              actor.internal-dispatcher.executor = "thread-pool-executor"
              stream.materializer.subscription-timeout.mode = noop
            }
            """));
    }

    public SimulatedTime Time { get; } = new();

    public ActorSystem System { get; }

    public void Dispose()
    {
        _ = System.Terminate();
        Calm.Wait(TimeSpan.FromSeconds(2));
    }
}
