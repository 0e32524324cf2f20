# Sluice as an image: the program, the npm parts it loads (sqlite-vec, the default model, the models of text recognition) and nothing that builds it.
#
#   docker build -t sluice:0.1.0 .
#   docker run --rm sluice:0.1.0 --version
#
# No secret goes into it: passwords come from files and variables when it runs. linux/amd64 only, as sqlite-vec is fetched for it alone.

# ---- npm parts, as package-lock.json pins them
FROM --platform=linux/amd64 node:22.21.1-bookworm-slim AS parts
WORKDIR /parts
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error

# ---- the program
FROM --platform=linux/amd64 mcr.microsoft.com/dotnet/sdk:10.0.100-noble AS build
# cpu is the one flavour there is. A gpu flavour comes with the CUDA build of ONNX Runtime; until then it fails here, and never runs on the CPU in secret.
ARG FLAVOUR=cpu
RUN [ "$FLAVOUR" = cpu ] || { echo "There is no build flavour '$FLAVOUR' yet; build with FLAVOUR=cpu." >&2; exit 1; }
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /src
# Packages first: they change less often than the sources.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY Streams/Sluice.Streams.csproj Streams/
COPY Actors/Sluice.Actors.csproj Actors/
COPY Cluster/Sluice.Cluster.csproj Cluster/
COPY Hosting/Sluice.Hosting.csproj Hosting/
COPY Hosting/Cli/Sluice.Cli.csproj Hosting/Cli/
RUN dotnet restore Hosting/Cli/Sluice.Cli.csproj -r linux-x64 -p:PublishReadyToRun=true
# sqlite-vec goes beside the program.
COPY --from=parts /parts/node_modules node_modules/
COPY akka.hocon ./
COPY Streams/ Streams/
COPY Actors/ Actors/
COPY Cluster/ Cluster/
COPY Hosting/ Hosting/
RUN dotnet publish Hosting/Cli/Sluice.Cli.csproj -c Release -r linux-x64 --self-contained false --no-restore -o /out \
    -p:PublishReadyToRun=true -p:PublishDocumentationFiles=false -p:RunAnalyzers=false

# ---- what runs
FROM --platform=linux/amd64 mcr.microsoft.com/dotnet/aspnet:10.0.0-noble
# Without Unicode data the runtime would silently not normalize text.
RUN ldconfig -p | grep -q 'libicuuc\.so' || { echo "The base image has no libicu." >&2; exit 1; }
# Draws the pages of scanned PDFs, whose text is recognised.
RUN apt-get update && apt-get install -y --no-install-recommends poppler-utils && rm -rf /var/lib/apt/lists/*
# The default model is made from these when it is first used.
COPY --from=parts /parts/node_modules /opt/sluice/node_modules
COPY --from=build /out /opt/sluice
COPY LICENSE /opt/sluice/
COPY --chmod=755 deploy/health-check.sh /usr/local/bin/sluice-health
# 1654 is the user without rights that the base image brings. A new volume takes over the owner of the folder it is mounted on.
RUN ln -s /opt/sluice/sluice /usr/local/bin/sluice \
    && install -d -o 1654 -g 1654 /var/cache/sluice /var/lib/sluice
ENV SLUICE_HOME=/opt/sluice SLUICE_CACHE=/var/cache/sluice
WORKDIR /var/lib/sluice
USER 1654:1654
# Other nodes; health checks (`sluice node --health 0.0.0.0:8080`).
EXPOSE 4053 8080
# Whether the process lives. It means something for nodes only; whether a node works is /readyz.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["sluice-health", "/healthz"]
ENTRYPOINT ["sluice"]
