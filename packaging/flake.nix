# For Nix: nix build '.?dir=packaging' in a clone. Not tried: it needs Nix. Nix prints the hash of the modules at the first
# build, to be put in vendorHash; it changes with go.sum.
{
  description = "Automatic login to captive portals";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forAll = nixpkgs.lib.genAttrs systems;
      version = "0.0.0+git${builtins.substring 0 8 (self.lastModifiedDate or "19700101")}";
    in
    {
      packages = forAll (
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
        in
        {
          default = pkgs.buildGoModule {
            pname = "hotspot-helper";
            inherit version;
            src = ../.;
            vendorHash = pkgs.lib.fakeHash;
            subPackages = [ "cmd/helper" ];
            doCheck = false; # 'make test' of the sources
            buildPhase = ''
              make build man VERSION=${version} SOURCE_DATE_EPOCH=${toString (self.lastModified or 0)}
            '';
            installPhase = ''
              make install VERSION=${version} SOURCE_DATE_EPOCH=${toString (self.lastModified or 0)} PREFIX=$out
            '';
            meta.mainProgram = "helper";
          };
        }
      );
    };
}
