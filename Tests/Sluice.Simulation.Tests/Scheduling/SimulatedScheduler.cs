using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>The actor system's timers on the simulated clock. Akka makes it by its name, so the clock is handed over beside it.</summary>
/// <param name="config">The system's.</param>
/// <param name="log">The system's.</param>
public sealed class SimulatedScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log)
{
    private readonly SimulatedTime _time = Clock ?? throw new InvalidOperationException("no clock was set before the actor system was made");

    /// <summary>The clock of the next actor system.</summary>
    internal static SimulatedTime? Clock { get; set; }

    public override TimeSpan MonotonicClock => _time.Elapsed;

    public override TimeSpan HighResMonotonicClock => _time.Elapsed;

    protected override DateTimeOffset TimeNow => _time.GetUtcNow();

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Once(delay, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => Once(delay, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => Once(delay, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, action.Run, cancelable);

    private void Once(TimeSpan delay, Action action, ICancelable? cancelable) => _time.At(delay, action, () => cancelable?.IsCancellationRequested != true);

    private void Repeatedly(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable) => _time.At(
        delay,
        () =>
        {
            Repeatedly(interval, interval, action, cancelable);
            action();
        },
        () => cancelable?.IsCancellationRequested != true);
}
