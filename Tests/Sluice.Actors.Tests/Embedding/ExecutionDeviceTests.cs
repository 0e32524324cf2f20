using Sluice.Actors.Embedding;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Embedding;

public sealed class ExecutionDeviceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("CPU", "cpu")]
    [InlineData("auto", "cpu")]
    [InlineData("cpu,cpu", "cpu,cpu")]
    public void Parse_DeviceOfThisBuild_IsTaken(string text, string expected) => string.Join(',', ExecutionDevice.Parse(text)).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("cpu:1")]
    [InlineData("cuda:0,,cuda:1")]
    [InlineData("1")]
    public void Parse_AnythingElse_IsAnErrorThatSaysWhatToWrite(string text) =>
        Should.Throw<ConfigurationException>(() => ExecutionDevice.Parse(text)).Message.ShouldContain($"sluice.embedding.device is '{text}'; write auto, cpu, cuda:0 or tensorrt:0");

    [Theory]
    [InlineData("cuda:0,cuda:1")]
    [InlineData("tensorrt")]
    public void Parse_DeviceThatThisBuildCannotUse_IsAnErrorNotTheProcessor(string text)
    {
        ExecutionDevice.HasGpuRuntime.ShouldBeFalse("the tests run the build for processors");
        Should.Throw<ConfigurationException>(() => ExecutionDevice.Parse(text)).Message.ShouldContain("this build of Sluice runs models on the processor only. `./sluice setup --gpu`");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Options_DeviceThatCannotBeUsed_HasTheRuntimesReason(int kind)
    {
        var device = new ExecutionDevice(kind == 0 ? DeviceKind.Cuda : DeviceKind.TensorRt, 3);
        var error = Should.Throw<ConfigurationException>(() => OnnxSessions.Options(new EmbeddingOptions(), 1, device, _folder["engines"]));
        error.Message.ShouldContain($"sluice.embedding.device: {device} cannot be used (");
        error.Message.ShouldContain("nvidia-smi");
        error.InnerException.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(0, 8, 2)]
    [InlineData(1, 8, 2)]
    [InlineData(2, 8, 1)]
    public void SessionsOn_Device_IsTwoWhereBatchesOverlap(int kind, int threads, int sessions)
    {
        var device = new ExecutionDevice((DeviceKind)kind, 0);
        new EmbeddingOptions { Threads = threads }.SessionsOn([device]).ShouldBe(sessions);
        new EmbeddingOptions { Threads = threads }.SessionsOn([device, device with { Index = 1 }]).ShouldBe(2 * sessions);
        new EmbeddingOptions { Threads = threads, Sessions = 3 }.SessionsOn([device]).ShouldBe(3);
    }

    [Fact]
    public void OnnxEmbedder_DeviceThatThisBuildCannotUse_IsRefusedAtOnce()
    {
        TinyModel.WriteTokens(_folder.Root);
        var options = new EmbeddingOptions { Device = "cuda:0" };
        Should.Throw<ConfigurationException>(() => new OnnxEmbedder(ModelFolder.Open(_folder.Root), options));
    }
}
