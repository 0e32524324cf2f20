using Sluice.Cluster.Nodes;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>The Kubernetes example starts what the program takes, and names nothing that is not there. No cluster is needed.</summary>
public sealed class KubernetesTests
{
    public static TheoryData<string> Nodes => [.. KubernetesFiles.NodeWorkloads.Select(static workload => workload.Name())];

    public static TheoryData<string> All => [.. KubernetesFiles.Workloads.Select(static workload => workload.Name())];

    [Fact]
    public void Kustomizations_ListEveryFileOfTheirFolders()
    {
        foreach (var folder in new[] { "kubernetes/base", "kubernetes/gpu", "kubernetes/tls", "postgres" })
        {
            var file = Yaml.ReadAll(["deploy", .. folder.Split('/'), "kustomization.yaml"])[0];
            var patches = file["patches"].Items.Select(static patch => patch["path"].Text);
            var generated = file["configMapGenerator"].Items.SelectMany(static map => map["files"].Texts).Select(static text => text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            var named = file["resources"].Texts.Concat(patches).Concat(generated).Distinct(StringComparer.Ordinal).ToList();
            foreach (var name in named)
            {
                Path.Exists(Path.GetFullPath(name, Repository.PathTo("deploy", folder))).ShouldBeTrue($"{folder}: {name}");
            }

            Directory.EnumerateFiles(Repository.PathTo("deploy", folder)).Select(static path => Path.GetFileName(path))
                .Except(named, StringComparer.Ordinal).Except(["kustomization.yaml", "secret.example.yaml"], StringComparer.Ordinal).ShouldBeEmpty(folder);
        }
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Node_ItsCommandLineAndSettings_AreThoseOfTheProgram(string name) => KubernetesFiles.Node(Workload(name)).ShouldBeSound();

    [Fact]
    public void Roles_AreAllThere() => KubernetesFiles.NodeWorkloads
        .SelectMany(static workload => KubernetesFiles.Node(workload).Cluster.Roles)
        .ShouldBe(NodeRoles.All, ignoreOrder: true);

    [Fact]
    public void Discovery_FindsCoordinatorsBeforeTheyAreReady()
    {
        var coordinate = Workload("sluice-coordinate");
        var seeds = KubernetesFiles.Of("Service").Single(static service => service.Name() == "sluice-seeds");
        foreach (var workload in KubernetesFiles.NodeWorkloads)
        {
            var cluster = KubernetesFiles.Node(workload).Cluster;
            cluster.DnsName.ShouldBe($"{seeds.Name()}:{seeds["spec", "ports"].Items[0]["port"].Text}");

            // Only who has an address of that name can form a cluster, so only they must agree on all of them.
            cluster.DnsContacts.ShouldBe(workload.Name() == coordinate.Name() ? coordinate["spec", "replicas"].Number : 1, workload.Where);
            seeds["spec", "selector"].Selects(workload).ShouldBe(workload.Name() == coordinate.Name());
        }

        seeds["spec", "clusterIP"].Text.ShouldBe("None");
        seeds["spec", "publishNotReadyAddresses"].Text.ShouldBe("true");
        coordinate["spec", "serviceName"].Text.ShouldBe(seeds.Name());
        coordinate["spec", "podManagementPolicy"].Text.ShouldBe("Parallel", "the first would wait for the address of a second that is not started before it is ready");
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Probes_AskWhereTheNodeAnswers(string name)
    {
        var container = Workload(name).Container();
        var ports = container["ports"].Items.ToDictionary(static port => port["name"].Text, static port => port["containerPort"].Number, StringComparer.Ordinal);
        var cluster = KubernetesFiles.Node(Workload(name)).Cluster;
        container["readinessProbe", "httpGet", "path"].Text.ShouldBe("/readyz");
        container["livenessProbe", "httpGet", "path"].Text.ShouldBe("/healthz");
        cluster.Health.ShouldEndWith($":{ports[container["readinessProbe", "httpGet", "port"].Text]}");
        cluster.Health.ShouldEndWith($":{ports[container["livenessProbe", "httpGet", "port"].Text]}");
        ports["remoting"].ShouldBe(cluster.Port);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Pod_HasNoRightsItDoesNotNeed(string name)
    {
        var pod = Workload(name)["spec", "template", "spec"];
        var container = Workload(name).Container();
        pod["securityContext", "runAsNonRoot"].Text.ShouldBe("true");
        pod["automountServiceAccountToken"].Text.ShouldBe("false");
        container["securityContext", "allowPrivilegeEscalation"].Text.ShouldBe("false");
        container["securityContext", "capabilities", "drop"].Texts.ShouldBe(["ALL"]);
        container["resources", "limits", "memory"].IsMissing.ShouldBeFalse();
        Workload(name).All.Where(static piece => piece.IsMap).ShouldAllBe(static map => map["privileged"].IsMissing && map["hostPath"].IsMissing && map["hostNetwork"].IsMissing);
        Images.ShouldBePinned(Image(container["image"].Text), container.Where);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Pod_ItsVolumesAndWhatTheyHold_AreThere(string name)
    {
        var workload = Workload(name);
        var volumes = workload["spec", "template", "spec", "volumes"].Items.ToDictionary(static volume => volume["name"].Text, StringComparer.Ordinal);
        var claims = workload["spec", "volumeClaimTemplates"].Items.Select(static claim => claim.Name());
        workload.Container()["volumeMounts"].Items.Select(static mount => mount["name"].Text).Distinct(StringComparer.Ordinal).ShouldBe(volumes.Keys.Concat(claims), ignoreOrder: true);

        var maps = new[] { KubernetesFiles.Kustomization, Yaml.ReadAll("deploy", "postgres", "kustomization.yaml")[0] }
            .SelectMany(static file => file["configMapGenerator"].Items).Select(static map => map["name"].Text).ToList();
        var secret = Yaml.ReadAll("deploy", "kubernetes", "base", "secret.example.yaml")[0];
        foreach (var volume in volumes.Values)
        {
            if (!volume["configMap"].IsMissing)
            {
                maps.ShouldContain(volume["configMap", "name"].Text, volume.Where);
            }

            if (!volume["secret"].IsMissing)
            {
                volume["secret", "secretName"].Text.ShouldBe(secret.Name());
                volume["secret", "items"].Items.Select(static item => item["key"].Text).ShouldBeSubsetOf(secret["stringData"].Entries.Keys);
            }

            if (!volume["persistentVolumeClaim"].IsMissing)
            {
                KubernetesFiles.Of("PersistentVolumeClaim").Select(static claim => claim.Name()).ShouldContain(volume["persistentVolumeClaim", "claimName"].Text);
            }
        }
    }

    [Fact]
    public void Selectors_SelectTheirOwnPods()
    {
        foreach (var workload in KubernetesFiles.Workloads)
        {
            workload["spec", "selector", "matchLabels"].Selects(workload).ShouldBeTrue(workload.Where);
            KubernetesFiles.Workloads.Count(other => workload["spec", "selector", "matchLabels"].Selects(other)).ShouldBe(1, workload.Where);
        }

        foreach (var workload in KubernetesFiles.NodeWorkloads)
        {
            var budget = KubernetesFiles.Of("PodDisruptionBudget").Single(budget => budget["spec", "selector", "matchLabels"].Selects(workload));
            budget["spec", "maxUnavailable"].Number.ShouldBe(1);
        }
    }

    [Fact]
    public void Autoscalers_ScaleByBuffersThatNodesHave()
    {
        var scalers = KubernetesFiles.Of("HorizontalPodAutoscaler").ToList();
        scalers.Count.ShouldBe(2);
        foreach (var scaler in scalers)
        {
            var target = Workload(scaler["spec", "scaleTargetRef", "name"].Text);
            target["kind"].Text.ShouldBe(scaler["spec", "scaleTargetRef", "kind"].Text);
            target["spec", "replicas"].IsMissing.ShouldBeTrue($"{target.Where}: applying it would undo what the autoscaler did");
            var metric = scaler["spec", "metrics"].Items.ShouldHaveSingleItem()["pods", "metric"];
            metric["name"].Text.ShouldBe("sluice_buffer_fill_ratio");

            // The names that JobRuntimeActor gives to the buffers of an embedder and an indexer.
            var stage = metric["selector", "matchLabels", "stage"].Text;
            stage.ShouldBe(KubernetesFiles.Node(target).Cluster.Roles.Contains(NodeRoles.Embed) ? "packing" : "sink");
            File.ReadAllText(Repository.PathTo("Cluster", "Jobs", "JobRuntimeActor.cs")).ShouldContain($"new GaugeReport(\"{stage}\"");
        }

        KubernetesFiles.NodeWorkloads.Where(static workload => workload["spec", "replicas"].IsMissing).Select(static workload => workload.Name())
            .ShouldBe(scalers.Select(static scaler => scaler["spec", "scaleTargetRef", "name"].Text), ignoreOrder: true);
    }

    [Fact]
    public void Network_OpensThePortsThatAreUsed()
    {
        var nodes = KubernetesFiles.Of("NetworkPolicy").Single(static policy => policy.Name() == "sluice-nodes");
        nodes["spec", "ingress"].Items.SelectMany(static rule => rule["ports"].Items).Select(static port => port["port"].Number).ShouldBe([4053, 8080], ignoreOrder: true);
        nodes["spec", "egress"].Items.SelectMany(static rule => rule["ports"].Items).Select(static port => port["port"].Number).Distinct().ShouldBe([4053, 5432, 53], ignoreOrder: true);
        KubernetesFiles.Of("NetworkPolicy").ShouldContain(static policy => policy["spec", "podSelector"].Entries.Count == 0 && policy["spec", "ingress"].IsMissing && policy["spec", "egress"].IsMissing);
    }

    [Fact]
    public void Gpu_PatchesTheEmbedderAlone()
    {
        var patch = Yaml.ReadAll("deploy", "kubernetes", "gpu", "embed.yaml").ShouldHaveSingleItem();
        var embed = Workload(patch.Name());
        KubernetesFiles.Node(embed, patch.Container()["env"]).ShouldBeSound();
        KubernetesFiles.Node(embed).Cluster.Roles.ShouldBe([NodeRoles.Embed]);
        patch.Container()["name"].Text.ShouldBe(embed.Container()["name"].Text);
        patch.Container()["resources", "limits", "nvidia.com/gpu"].Number.ShouldBe(1);
        patch["spec", "template", "spec", "nodeSelector"].IsMissing.ShouldBeFalse();
        Images.ShouldBePinned(patch.Container()["image"].Text, patch.Where);
        KubernetesFiles.Workloads.SelectMany(static workload => workload.All).Where(static piece => piece.IsMap).ShouldAllBe(static map => map["nvidia.com/gpu"].IsMissing);
    }

    [Fact]
    public void Tls_GivesEveryNodeTheFilesOfItsCertificate()
    {
        var patch = Yaml.ReadAll("deploy", "kubernetes", "tls", "mount.yaml").ShouldHaveSingleItem();
        var mount = patch.Container()["volumeMounts"].Items.ShouldHaveSingleItem();
        foreach (var workload in KubernetesFiles.NodeWorkloads)
        {
            var tls = KubernetesFiles.Node(workload, patch.Container()["env"]).Cluster.Tls;
            new[] { tls.Certificate, tls.Key, tls.Authority }.ShouldBe(new[] { "tls.crt", "tls.key", "ca.crt" }.Select(file => $"{mount["mountPath"].Text}/{file}"));
            patch.Container()["name"].Text.ShouldBe(workload.Container()["name"].Text);
        }

        var certificates = Yaml.ReadAll("deploy", "kubernetes", "tls", "certificates.yaml").Where(static item => item["kind"].Text == "Certificate").ToList();
        var secret = patch["spec", "template", "spec", "volumes"].Items.ShouldHaveSingleItem()["secret", "secretName"].Text;
        var node = certificates.Single(certificate => certificate["spec", "secretName"].Text == secret);
        node["spec", "usages"].Texts.ShouldContain("client auth", "nodes prove themselves in both directions");
        node["spec", "usages"].Texts.ShouldContain("server auth");
    }

    private static Yaml Workload(string name) => KubernetesFiles.Workloads.Single(workload => workload.Name() == name);

    private static string Image(string image) => KubernetesFiles.Kustomization["images"].Items.SingleOrDefault(item => item["name"].Text == image) is { } mapped
        ? $"{mapped["newName"].Text}:{mapped["newTag"].Text}"
        : image;
}
