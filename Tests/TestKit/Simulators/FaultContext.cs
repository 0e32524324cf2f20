using Microsoft.AspNetCore.Http;

namespace Sluice.TestKit.Simulators;

/// <summary>The request a fault is done to.</summary>
internal sealed class FaultContext(HttpContext http, SimulatorRequest request, SimulatorAnswer? answer)
{
    public SimulatorRequest Request => request;

    /// <summary>Sends what the database answered.</summary>
    public Task SendAsync() => SendAsync(answer ?? throw new InvalidOperationException("the fault sends an answer that nobody made"));

    public Task SendAsync(SimulatorAnswer instead) => DatabaseSimulator.SendAsync(http, instead);

    /// <summary>Promises the whole answer and sends half.</summary>
    public async Task SendPartAsync()
    {
        var body = answer!.Body;
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.ContentType;
        http.Response.ContentLength = body.Length + 64;
        await http.Response.Body.WriteAsync(body[..(body.Length / 2)], http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    public Task AbortAsync()
    {
        http.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Waits.</summary>
    /// <returns>False when the client has gone meanwhile.</returns>
    public async Task<bool> WaitAsync(Task task)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = http.RequestAborted.Register(() => gone.TrySetResult());
        return await Task.WhenAny(task, gone.Task) == task;
    }
}
